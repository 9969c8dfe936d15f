package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;

/** Scripts in a guest that must succeed. */
final class GuestShell {
    private GuestShell() {}

    /** Runs a script to its first failing command, of which there must be none, and returns all that it says. */
    static String sh(AgentSession guest, String script) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int code = guest.run(CommandSpec.of("sh", "-ec", script), null, out, out);
        assertThat(code).as(() -> script + "\n" + out.toString(StandardCharsets.UTF_8)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }
}
