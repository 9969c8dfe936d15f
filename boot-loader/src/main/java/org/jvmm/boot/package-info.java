/** Loading a kernel into guest memory and describing the state in which the boot processor enters it. */
package org.jvmm.boot;
