/**
 * The kernel's interface in numbers: request numbers by descriptor, capabilities, and one class per structure with its offsets and static accessors on
 * a little-endian buffer. Numbers are those of x86-64 Linux 6.1's linux/kvm.h and asm/kvm.h (three structures are of 6.8); a test compares every one of
 * them with the headers of the system it runs on.
 */
package org.jvmm.kvm.abi;
