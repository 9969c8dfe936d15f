/** Executing instructions. */
package org.jvmm.cpu.exec;
