package org.jvmm.vmm.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandSpecTest {
    private final CommandSpec command = CommandSpec.of("sh");

    @Test
    void emptyCommandIsRefused() {
        assertThatThrownBy(CommandSpec::of).isInstanceOf(IllegalArgumentException.class).hasMessage("Command is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "=x", "NAME" })
    void environmentNeedsNames(String entry) {
        assertThatThrownBy(() -> command.withEnv(entry)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NAME=value");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "tmp", "./x" })
    void workingDirectoryIsAbsolute(String directory) {
        assertThatThrownBy(() -> command.withCwd(directory)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("absolute");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", ":0", ":" })
    void userNeedsAName(String user) {
        assertThatThrownBy(() -> command.withUser(user)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void hostNameIsLimited() {
        assertThat(command.withHostname("x".repeat(64)).hostname()).hasSize(64);
        assertThatThrownBy(() -> command.withHostname("x".repeat(65))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void userIsTakenApart() {
        assertThat(command.withUser("1000").userName()).isEqualTo("1000");
        assertThat(command.withUser("1000").groupName()).isNull();
        assertThat(command.withUser("bin:tty").userName()).isEqualTo("bin");
        assertThat(command.withUser("bin:tty").groupName()).isEqualTo("tty");
    }
}
