/** Exceptions of the guest's processor. */
package org.jvmm.cpu.fault;
