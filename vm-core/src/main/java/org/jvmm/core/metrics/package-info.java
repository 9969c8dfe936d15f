/** Counts of what happened. */
package org.jvmm.core.metrics;
