package org.jvmm.core.cpu;

/**
 * The state in which the boot processor enters a kernel: what a loader returns and an engine applies.
 *
 * @param regs general registers
 * @param sregs segments and control registers; {@code apicBase} is left to the engine
 */
public record BootState(X86Regs regs, X86Sregs sregs) {}
