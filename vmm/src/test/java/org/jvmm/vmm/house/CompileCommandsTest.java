package org.jvmm.vmm.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the launcher tells the JVM's compiler is about methods that there are: the JVM says nothing of a name that matches none. */
class CompileCommandsTest {
    @Test
    void eachCommandNamesMethods() throws IOException, ClassNotFoundException {
        List<String> commands = Files.readAllLines(House.TOP.resolve("vmm/src/main/jvm/compile-commands")).stream()
                .filter(line -> !line.startsWith("#")).toList();
        // Without this line the JVM would print each command into the guest's output.
        assertThat(commands).hasSizeGreaterThan(2).startsWith("quiet");
        for (String command : commands.subList(1, commands.size())) {
            assertThat(command).matches("inline [\\w.]+::(\\*|\\w+\\*?|\\*\\w+)");
            String[] names = command.substring("inline ".length()).split("::");
            String pattern = names[1].replace("*", ".*");
            assertThat(Arrays.stream(Class.forName(names[0], false, getClass().getClassLoader()).getDeclaredMethods()).map(Method::getName))
                    .as(command).anyMatch(name -> name.matches(pattern));
        }
    }

    @Test
    void theMethodThatTrainingCompilesLateIsThere() throws IOException, ClassNotFoundException {
        Matcher late = Pattern.compile("late=CompileThresholdScaling,([\\w.]+)::(\\w+),\\d+\\.\\d+\n")
                .matcher(Files.readString(House.TOP.resolve("jvmm")));
        assertThat(late.find()).isTrue();
        assertThat(Class.forName(late.group(1), false, getClass().getClassLoader()).getDeclaredMethods()).extracting(Method::getName)
                .contains(late.group(2));
    }

    @Test
    void theLauncherNamesTheFiles() throws IOException {
        assertThat(Files.readString(House.TOP.resolve("jvmm"))).contains("commands=$top/vmm/src/main/jvm/compile-commands")
                .contains("options=$top/vmm/src/main/jvm/options")
                .contains(" compiler=-XX:CompileCommandFile=$commands\n").containsPattern("exec .*\"@\\$options\".* \\$compiler ");
    }
}
