/** The KVM engine: the contract of {@link org.jvmm.core.cpu} on {@code /dev/kvm}. */
package org.jvmm.kvm;
