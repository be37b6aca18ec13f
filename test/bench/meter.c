/*
 * meter [-g FILE]... COMMAND ARGUMENT...
 *
 * Runs one command with its output thrown away and prints what the kernel says about it: wall time, user and system
 * CPU time (microseconds), peak RSS (KiB), and its exit code (128 + n after a signal). A program of its own, small and
 * static: the peak that wait4 reports includes what the child was before exec, a copy of the process that started it.
 * With -g the child first enters the cgroups of these cgroup.procs files.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long micros(struct timeval time)
{
	return time.tv_sec * 1000000 + time.tv_usec;
}

/* Becomes the command; the arguments in front of it are pairs of -g and a file. */
static void become(char **argument)
{
	int null = open("/dev/null", O_RDWR);
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

int main(int argc, char **argv)
{
	struct timespec before, after;
	struct rusage usage;
	int status;

	if (argc < 2)
		return 125;
	clock_gettime(CLOCK_MONOTONIC, &before);
	pid_t pid = vfork();
	if (pid == 0)
		become(argv + 1);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 125;
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("%ld %ld %ld %ld %d\n",
	       (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000,
	       micros(usage.ru_utime), micros(usage.ru_stime), usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
