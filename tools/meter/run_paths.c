// SPDX-License-Identifier: Apache-2.0
/*
 * run_paths.c - runs the paths that the arguments name, without arguments all of them.
 *
 * Prints one line per path, tab separated: group, held-out or prior, name, result; with METERED
 * also, for each CPU of the table, the instructions predicted by one fold at the end and those
 * predicted by a fold at every port call, in 1/METER_WEIGHT_ONE.
 *
 * An argument that names no path: a message, exit 2, nothing is run.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "paths.h"
#ifdef METERED
#include "predict.h"
#else
void meter_path_port_call(void)
{
}
#endif

/* The emulator's plugin counts from the first instruction of the one to that of the other. */
void meter_path_begin(void);
void meter_path_end(void);

__attribute__((noipa)) void meter_path_begin(void)
{
}

__attribute__((noipa)) void meter_path_end(void)
{
}

static bool is_path(const char *name)
{
	for (unsigned g = 0; g < meter_path_group_count; g++)
		for (unsigned i = 0; i < meter_path_groups[g]->count; i++)
			if (!strcmp(meter_path_groups[g]->paths[i].name, name))
				return true;
	return false;
}

static bool wanted(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return !count;
}

static long run(const struct meter_path *path)
{
	long result;

	meter_path_begin();
	result = path->run(path->argument);
	meter_path_end();
	return result;
}

#ifdef METERED
static long measure(const struct meter_path *path, int64_t *predicted)
{
	long result = 0;

	for (unsigned prediction = 0; prediction < 2 * predict_cpus(); prediction++) {
		path->setup(path->argument);
		predict_begin(prediction / 2, prediction % 2);
		result = run(path);
		predicted[prediction] = predict_end();
	}
	return result;
}

static void run_and_print(const struct meter_path *path)
{
	int64_t predicted[2 * PREDICT_CPUS_MAX];

	printf("%ld", measure(path, predicted));
	for (unsigned prediction = 0; prediction < 2 * predict_cpus(); prediction++)
		printf("\t%" PRId64, predicted[prediction]);
}
#else
static void run_and_print(const struct meter_path *path)
{
	path->setup(path->argument);
	printf("%ld", run(path));
}
#endif

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!is_path(argv[i])) {
			fprintf(stderr, "no path has the name \"%s\"\n", argv[i]);
			return 2;
		}
	}
	for (unsigned g = 0; g < meter_path_group_count; g++) {
		const struct meter_path_group *group = meter_path_groups[g];

		for (unsigned i = 0; i < group->count; i++) {
			const struct meter_path *path = &group->paths[i];

			if (!wanted(path->name, argc - 1, argv + 1))
				continue;
			/* At once, so that a path that stops the program is named. */
			printf("%s\t%s\t%s\t", group->name, group->held_out ? "held out" : "prior", path->name);
			fflush(stdout);
			run_and_print(path);
			printf("\n");
		}
	}
	return 0;
}
