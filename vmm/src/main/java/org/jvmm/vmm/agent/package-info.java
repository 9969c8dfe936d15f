/** The client of the guest's agent: ttRPC frames over a vsock stream, typed calls, and one command with its streams. */
package org.jvmm.vmm.agent;
