/** The command line. */
package org.jvmm.vmm.cli;
