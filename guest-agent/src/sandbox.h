// SPDX-License-Identifier: Apache-2.0
// The state of the machine: containers and their processes.
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include <sys/types.h>

#include "stream.h"

#define MAX_CONTAINERS 1024u
#define MAX_PROCESSES 4096u
#define MAX_ID_BYTES 128u

struct config {
    bool guest;              // process 1 of a machine: may set the clock, the host name, and restart
    const char *cgroup_root; // a cgroup2 mount, or NULL when there is none
    const char *copy_root;   // CopyFile writes below this directory only
};

extern struct config config;

enum process_state {
    PROCESS_SETUP,    // the child prepares itself
    PROCESS_CREATED,  // prepared, waits for StartContainer
    PROCESS_STARTING, // told to run the command
    PROCESS_RUNNING,
    PROCESS_EXITED,
};

struct process_waiter;

struct process {
    struct source control; // socket to the child until it runs its command
    struct process *next;
    struct container *container;
    char *id;
    enum process_state state;
    bool terminal;
    bool ready; // the child has reported that its preparation is done
    pid_t pid;
    int killed_by; // signal delivered as SIGKILL on behalf of another one
    int status;    // exit code, or 128 plus signal
    struct stream in;
    struct stream out;
    struct stream err;
    struct call *start_call; // the call that waits for the child's report
    struct err *failure;     // what the child has reported; told to the client when the child is reaped
    struct process_waiter *waiters;
};

struct container {
    struct container *next;
    char *id;
    char *cgroup; // directory, or NULL
    int pidfd;    // of the first process
    bool shares_pid_namespace;
    bool removing;
    struct call *remove_call;
    struct timer remove_timer;
    struct process *processes; // the first one is the container's init
};

// NULL when there is none.
struct container *container_find(const char *id);
// Finds by the two ids of a call; answers the call and returns NULL when there is none.
struct process *process_find(struct call *call, const char *container_id, const char *exec_id);
// True for 1 to 128 characters of A-Z a-z 0-9 _ . - with an alphanumeric first.
bool id_valid(const char *id);

struct launch;
// Makes a process and starts its child; the call is answered when the child reports, or now on failure.
void process_launch(struct call *call, struct container *container, const char *id, struct launch *launch);
// Lets a created process run its command.
void process_go(struct process *process, struct call *call);
void process_wait(struct process *process, struct call *call);
int process_signal(struct process *process, int signal, struct err *e);
void process_free(struct process *process);
// Called for each child that ended.
void process_exited(struct process *process, int wait_status);

// Drops the container whose creation failed, or whose removal is complete.
void container_free(struct container *container);
struct container *container_new(const char *id);
void container_kill(struct container *container);
bool container_alive(const struct container *container);

// Tells the owner of a reaped child; unknown ones are orphans.
void sandbox_child_exited(pid_t pid, int wait_status);
// Gives every waiting reader another chance.
void sandbox_resume_streams(void);
// Containers in a list.
struct container *sandbox_containers(void);
// Child of a pid namespace shared by containers, or -1.
int sandbox_pid_namespace(void);
int sandbox_make_pid_namespace(struct err *e);
// Starts killing everything; runs `done` when nothing is left or five seconds have passed.
void sandbox_kill_all(void (*done)(void));

#endif
