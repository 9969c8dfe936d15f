/** A machine: its configuration, assembly, threads, lifecycle and console. */
package org.jvmm.vmm;
