/*
 * meter [-n NOTHING] [-g FILE]... COMMAND ARGUMENT...
 *
 * Runs one command with its output thrown away and prints what the kernel says about it: wall time, user and system
 * CPU time (microseconds), peak RSS (KiB), and its exit code (128 + n after a signal). A program of its own, small and
 * static: the peak that wait4 reports includes what the child was before exec, a copy of the process that started it.
 *
 * With -n it runs NOTHING five times before, and the last run's wall time comes last: what starting any process costs
 * at this moment. The others take on themselves what whatever ran before has left behind (caches, frequency), so that
 * the last and the command begin alike: with NOTHING itself as the command the ratio is 1.00, with two runs 0.97.
 * With -g the command first enters the cgroups of these cgroup.procs files.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct reading {
	long wall;
	struct rusage usage;
	int status;
};

static int null;

static long micros(struct timeval time)
{
	return time.tv_sec * 1000000 + time.tv_usec;
}

/* Becomes the command; the arguments in front of it are pairs of -g and a file. */
static void become(char **argument)
{
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; argument[0][0] == '-'; argument += 2) {
		int file = open(argument[1], O_WRONLY | O_CLOEXEC);
		if (file < 0 || write(file, "0", 1) != 1)
			_exit(125);
	}
	execvp(argument[0], argument);
	_exit(127);
}

/* Gives 0 when there is something to read. */
static int run(char **command, struct reading *reading)
{
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	pid_t pid = vfork();
	if (pid == 0)
		become(command);
	if (pid < 0 || wait4(pid, &reading->status, 0, &reading->usage) != pid)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &after);
	reading->wall = (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
	return 0;
}

int main(int argc, char **argv)
{
	struct reading nothing = { 0 }, reading;
	char **command = argv + 1;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (argc > 3 && strcmp(command[0], "-n") == 0) {
		char *alone[] = { command[1], NULL };
		for (int i = 0; i < 5; i++)
			if (run(alone, &nothing) != 0 || nothing.status != 0)
				return 125;
		command += 2;
	}
	if (null < 0 || command[0] == NULL || run(command, &reading) != 0)
		return 125;
	printf("%ld %ld %ld %ld %d %ld\n", reading.wall, micros(reading.usage.ru_utime),
	       micros(reading.usage.ru_stime), reading.usage.ru_maxrss,
	       WIFEXITED(reading.status) ? WEXITSTATUS(reading.status) : 128 + WTERMSIG(reading.status),
	       nothing.wall);
	return 0;
}
