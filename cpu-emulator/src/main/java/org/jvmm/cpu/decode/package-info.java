/** From bytes to instructions. */
package org.jvmm.cpu.decode;
