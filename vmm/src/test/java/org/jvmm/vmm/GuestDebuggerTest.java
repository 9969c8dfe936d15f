package org.jvmm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.CommandSpec;

/** A debugger in a real guest: single steps, hardware breakpoints and watchpoints through the debug registers. */
@Tag("guest")
@Timeout(600)
class GuestDebuggerTest {
    private static final long TIMEOUT = 300_000_000_000L;

    @TempDir
    Path programs;

    @Test
    void stepsBreakpointsAndWatchpointsCome() throws Exception {
        HostTools.compile("debugger", programs.resolve("debugger"));
        MachineConfig config = MachineConfig.builder().kernel(GuestArtifacts.vmlinux()).initrd(GuestArtifacts.initramfs()).memory("128M")
                .volume(VolumeConfig.parse(programs + ":/programs:ro")).build();
        try (Machine machine = Machine.create(config)) {
            machine.start();
            AgentSession guest = machine.connectAgent(TIMEOUT);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            int code = guest.run(CommandSpec.of("/programs/debugger"), null, out, err);
            assertThat(out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8))
                    .isEqualTo("moved 500, breakpoints 400, watchpoints 1, value 700, exit 7\n");
            assertThat(code).isZero();
        }
    }
}
