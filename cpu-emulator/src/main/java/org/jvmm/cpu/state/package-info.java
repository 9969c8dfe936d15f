/** Registers and the CPU model. */
package org.jvmm.cpu.state;
