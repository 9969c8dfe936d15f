/** What the host is and has: its JDK, its /dev/kvm, the files jvmm keeps, and the process itself. */
package org.jvmm.vmm.host;
