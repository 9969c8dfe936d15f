package org.jvmm.vmm;

/** Points on the way from the start of the process to its end, in their usual order. */
public enum Milestone {
    /** The program's main method. */
    JVM_MAIN("jvm_main"),
    /** Memory, devices, kernel and CPUs are ready. */
    MACHINE_BUILT("machine_built"),
    /** The boot processor is about to execute its first instruction. */
    FIRST_INSTRUCTION("first_instruction"),
    /** The kernel's first line is on the console. */
    KERNEL_BANNER("kernel_banner"),
    /** The kernel says that it starts init. */
    INIT_STARTED("init_started"),
    /** The agent has answered. */
    AGENT_READY("agent_ready"),
    /** The agent has started the command. */
    COMMAND_STARTED("command_started"),
    /** The command has ended and its output is written. */
    COMMAND_EXITED("command_exited"),
    /** Everything is given back; the process is about to end. */
    PROCESS_EXITED("process_exited");

    private final String key;

    Milestone(String key) {
        this.key = key;
    }

    /** Name in the output. */
    public String key() {
        return key;
    }
}
