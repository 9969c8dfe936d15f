/** gdb's remote protocol (GDB manual, appendix E) for a machine: {@link org.jvmm.vmm.gdb.GdbServer} listens, a session serves one debugger. */
package org.jvmm.vmm.gdb;
