package org.jvmm.boot;

import org.jvmm.core.cpu.BootState;

/**
 * A kernel in guest memory, ready to be entered.
 *
 * @param state how the boot processor enters it
 * @param symbols names of its addresses, read when first asked
 * @param protocol the protocol chosen, never {@link BootProtocol#AUTO}
 * @param entry guest-physical address of the first instruction
 */
public record LoadedKernel(BootState state, KernelSymbols symbols, BootProtocol protocol, long entry) {}
