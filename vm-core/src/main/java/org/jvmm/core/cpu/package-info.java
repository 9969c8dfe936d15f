/** The engine contract and the neutral state of an x86 CPU. */
package org.jvmm.core.cpu;
