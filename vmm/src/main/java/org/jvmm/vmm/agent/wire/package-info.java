/** Protobuf encoding and decoding, as far as the agent's protocol needs it. */
package org.jvmm.vmm.agent.wire;
