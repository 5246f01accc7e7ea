/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predict.h - instructions of metered handlers, charged the way the simulator charges them.
 */
#ifndef TCESIM_METER_PREDICT_H
#define TCESIM_METER_PREDICT_H

#include <stdbool.h>
#include <stdint.h>

#define PREDICT_CPUS_MAX 8

#ifdef __cplusplus
extern "C" {
#endif

/* predict_cpus - CPUs of the table, at most PREDICT_CPUS_MAX. */
unsigned predict_cpus(void);

/*
 * predict_begin - forget what has run, and charge what runs from now on as on CPU @cpu.
 * @at_port_calls: fold at every port call, not only at the end
 */
void predict_begin(unsigned cpu, bool at_port_calls);

/* predict_end - what has been charged since, in 1/METER_WEIGHT_ONE instruction; never below 0. */
int64_t predict_end(void);

#ifdef __cplusplus
}
#endif

#endif
