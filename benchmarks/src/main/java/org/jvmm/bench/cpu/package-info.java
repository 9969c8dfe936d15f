/** The software CPU on bare-metal loops. */
package org.jvmm.bench.cpu;
