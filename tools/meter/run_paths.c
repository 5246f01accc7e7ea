// SPDX-License-Identifier: Apache-2.0
/*
 * run_paths.c - runs every path once.
 *
 * Prints one line per path: name, result, and with METERED the predicted instructions in
 * 1/METER_WEIGHT_ONE for each CPU of the table; tab separated.
 */
#include <stdint.h>
#include <stdio.h>

#include "meter_abi.h"
#include "paths.h"

/* The emulator's plugin counts from the first instruction of the one to that of the other. */
void meter_path_begin(void);
void meter_path_end(void);

__attribute__((noipa)) void meter_path_begin(void)
{
}

__attribute__((noipa)) void meter_path_end(void)
{
}

#ifdef METERED
const uint8_t *meter_calling;

void meter_load(const volatile void *address, const uint8_t *access)
{
	(void)address;
	(void)access;
}

void meter_store(const volatile void *address, const uint8_t *access)
{
	(void)address;
	(void)access;
}

void meter_atomic(const volatile void *address, const uint8_t *access)
{
	(void)address;
	(void)access;
}

void meter_fence(const uint8_t *access)
{
	(void)access;
}

static void reset(void)
{
	for (uint32_t site = 0; site < meter_table.sites; site++)
		meter_table.count[site] = 0;
}

static void print_prediction(void)
{
	for (uint32_t cpu = 0; cpu < meter_table.cpus; cpu++) {
		int64_t sum = 0;

		for (uint32_t site = 0; site < meter_table.sites; site++)
			sum += (int64_t)meter_table.count[site] * meter_table.weight[cpu][site];
		printf("\t%lld", (long long)sum);
	}
}
#else
static void reset(void)
{
}

static void print_prediction(void)
{
}
#endif

int main(void)
{
	for (unsigned i = 0; i < meter_path_count; i++) {
		const struct meter_path *path = &meter_paths[i];
		long result;

		path->setup(path->argument);
		reset();
		meter_path_begin();
		result = path->run(path->argument);
		meter_path_end();
		printf("%s\t%ld", path->name, result);
		print_prediction();
		printf("\n");
	}
	return 0;
}
