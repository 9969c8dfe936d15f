/** Looking into a running guest: its page tables, and what its CPUs execute. */
package org.jvmm.vmm.debug;
