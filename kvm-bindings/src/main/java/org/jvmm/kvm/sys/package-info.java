/** Linux system calls through one downcall, and what is built directly on them: guest RAM and the terminal. */
package org.jvmm.kvm.sys;
