package org.jvmm.vmm.cli;

import java.util.List;

/**
 * One of jvmm's commands.
 *
 * @param name as it is written
 * @param summary one line
 * @param options what it takes
 * @param trailing what the words behind the options are, or null when there may be none
 */
record CommandDef(String name, String summary, List<OptionDef> options, String trailing) {
    private static final OptionDef APPEND = OptionDef.value("--cmdline-append", "S", "Add S to the kernel's command line.");
    private static final OptionDef MEMORY = OptionDef.value("--memory", "SIZE", "Guest memory, such as 256M or 1G (default: 256M).");
    private static final OptionDef CPUS = OptionDef.value("--cpus", "N", "Virtual CPUs, 1 to 32 (default: 1).");
    private static final OptionDef ACCEL = OptionDef.value("--accel", "ENGINE",
            "auto, soft (the CPU in Java) or kvm (default: auto).");
    private static final OptionDef DISK = OptionDef.list("--disk", "FILE[,ro][,overlay=tmp|FILE][,cache=unsafe]",
            "Attach an image or block device, in order as /dev/vda, /dev/vdb; with an overlay FILE itself is not written.");
    private static final OptionDef PMEM = OptionDef.list("--pmem", "FILE[,ro]",
            "Show an image as persistent memory, in order as /dev/pmem0, /dev/pmem1; with ro FILE stays as it is.");
    private static final OptionDef CONSOLE_DEVICE = OptionDef.value("--console-device", "F",
            "Give the guest a virtio console, /dev/hvc0, that writes to F (- is standard error).");
    private static final OptionDef VSOCK_UDS = OptionDef.value("--vsock-uds", "PATH",
            "Offer the guest's vsock as the UNIX socket PATH (CONNECT PORT), and the host's as PATH_PORT.");
    private static final OptionDef NET = OptionDef.value("--net", "NET",
            "Network: user, none, tap=NAME or passt=SOCKET, with ,mac= ,mtu= ,ip= ,gw= ,dns= ,bandwidth= ,ops= (default of run: user).");
    private static final OptionDef PORT = OptionDef.list("-p", "[IP:]HOST:GUEST[/udp]",
            "Lead the host's port HOST to the guest's port GUEST, with --net user.");
    private static final OptionDef CPU_MODEL = OptionDef.value("--cpu-model", "LEVEL",
            "v2 or v3: the x86-64 level of the CPU in Java (default: v2).");
    private static final OptionDef GDB = OptionDef.value("--gdb", "PORT|SOCKET",
            "Wait for gdb on 127.0.0.1:PORT or a UNIX socket before the first instruction.");
    private static final OptionDef TRACE = OptionDef.optional("--trace", "FILTER",
            "Print executed instructions; FILTER is FROM-TO, FUNCTION, user, kernel, count=N, file=F, with commas between.");
    private static final OptionDef TIMINGS = OptionDef.value("--timings", "F", "Write the milestones of the run to F as JSON.");
    private static final OptionDef DEBUG = OptionDef.flag("--debug", "Show stack traces.");

    static final CommandDef RUN = new CommandDef("run", "Run a command in a new virtual machine.", List.of(
            OptionDef.value("--kernel", "F", "Guest kernel, ELF image or bzImage (default: the one in the cache)."),
            OptionDef.value("--initrd", "F", "Initial file system with the guest's agent (default: the one in the cache)."),
            APPEND, MEMORY, CPUS, ACCEL, CPU_MODEL, DISK, PMEM, CONSOLE_DEVICE, VSOCK_UDS, NET, PORT,
            OptionDef.list("--volume", "HOST:GUEST[:OPTS]",
                    "Show the host's directory HOST as GUEST; OPTS are ro, cache=none|auto|always, dax[=SIZE]."),
            OptionDef.value("--rootfs", "PATH[:MODE]",
                    "The command's root: a directory, with :overlay writes stay in the guest, with :ro there are none; or an image."),
            OptionDef.list("-e", "K=V", "Set an environment variable; K alone takes jvmm's own."),
            OptionDef.value("-w", "DIR", "Working directory in the guest (default: /)."),
            OptionDef.value("-u", "USER", "User and group, NAME|UID[:GROUP|GID] (default: root)."),
            OptionDef.value("--hostname", "NAME", "Host name that the command sees."),
            OptionDef.flag("-i", "Feed standard input to the command."),
            OptionDef.flag("-t", "Give the command a terminal."),
            OptionDef.value("--console", "F", "Write the guest's serial console to F (- is standard error)."),
            TIMINGS, GDB, TRACE,
            OptionDef.value("--timeout", "S", "Seconds the guest may take until its agent answers (default: 120; 0: no limit)."),
            DEBUG), "CMD [ARG...]");

    static final CommandDef BOOT = new CommandDef("boot", "Boot a kernel with its serial console on the terminal; Ctrl-] ends it.",
            List.of(OptionDef.value("--kernel", "F", "Kernel, ELF image or bzImage."),
                    OptionDef.value("--initrd", "F", "Initial file system (default: none)."),
                    APPEND, MEMORY, CPUS, ACCEL, CPU_MODEL, DISK, PMEM, CONSOLE_DEVICE, VSOCK_UDS, NET, PORT,
                    OptionDef.value("--protocol", "P", "How the kernel is entered: auto, pvh, linux64 or bzimage (default: auto)."),
                    OptionDef.value("--console", "F", "Write the console to F as well."),
                    TIMINGS, GDB, TRACE,
                    OptionDef.value("--timeout", "S", "Seconds after which the guest is ended (default: no limit)."),
                    DEBUG),
            null);

    static final CommandDef DOCTOR = new CommandDef("doctor", "Say what this host offers and what to do.",
            List.of(OptionDef.flag("--json", "Write JSON."), DEBUG), null);

    static final CommandDef VERSION = new CommandDef("version", "Say which version this is.", List.of(), null);

    static final List<CommandDef> ALL = List.of(RUN, BOOT, DOCTOR, VERSION);

    /** The option of a name, or null. */
    OptionDef option(String wanted) {
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).name().equals(wanted)) {
                return options.get(i);
            }
        }
        return null;
    }

    /** The command of a name, or null. */
    static CommandDef find(String wanted) {
        for (int i = 0; i < ALL.size(); i++) {
            if (ALL.get(i).name().equals(wanted)) {
                return ALL.get(i);
            }
        }
        return null;
    }
}
