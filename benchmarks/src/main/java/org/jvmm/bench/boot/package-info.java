/** The start of whole machines. */
package org.jvmm.bench.boot;
