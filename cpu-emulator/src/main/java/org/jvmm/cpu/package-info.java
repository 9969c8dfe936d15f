/** The software engine: an x86-64 CPU behind the engine contract. */
package org.jvmm.cpu;
