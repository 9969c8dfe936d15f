/** Linear memory. */
package org.jvmm.cpu.mmu;
