package org.jvmm.vmm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParserTest {
    private static List<String> words(String line) {
        return line.isEmpty() ? List.of() : List.of(line.split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = { "-- uname -a", "uname -a", "--memory 256M -- sh", "--memory=256M --cpus=2 sh -c x",
        "-e A=1 -e B=2 -i -t -- cat",
        "-w /tmp -u nobody --hostname h --console f --timings t --timeout 5 --debug -- x", "-- -t --memory", "sh --memory 1",
        "--cmdline-append=a=b -- x", "--trace -- x", "-e A=-i x", "-- -- x" })
    void bothParsersReadPlainLinesAlike(String line) {
        ParsedLine plain = PlainParser.parse(CommandDef.RUN, words(line));
        assertThat(plain).isNotNull();
        assertThat(plain).isEqualTo(PicocliParser.parse(CommandDef.RUN, words(line)));
    }

    @Test
    void everyOptionIsReadByBothParsers() {
        for (CommandDef command : CommandDef.ALL) {
            for (OptionDef option : command.options()) {
                List<String> line = new java.util.ArrayList<>();
                line.add(option.optional() ? option.name() + "=7" : option.name());
                if (option.takesValue() && !option.optional()) {
                    line.add("7");
                }
                if (command.trailing() != null) {
                    line.add("--");
                    line.add("cmd");
                }
                ParsedLine plain = PlainParser.parse(command, line);
                assertThat(plain).as("%s", line).isNotNull().isEqualTo(PicocliParser.parse(command, line));
                assertThat(plain.value(option.name())).isEqualTo(option.takesValue() ? "7" : "true");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "--", "--memory", "--memory -- x", "--nosuch x", "-x x", "--memory 1 --memory 2 x", "--debug=1 x", "-it x",
        "--help", "-h", "-i" })
    void whatIsNotPlainIsLeftToPicocli(String line) {
        assertThat(PlainParser.parse(CommandDef.RUN, words(line))).isNull();
    }

    @Test
    void shortSwitchesMayBeJoined() {
        ParsedLine line = PicocliParser.parse(CommandDef.RUN, words("-it sh"));
        assertThat(line.has("-i")).isTrue();
        assertThat(line.has("-t")).isTrue();
        assertThat(line.trailing()).containsExactly("sh");
    }

    @ParameterizedTest
    @CsvSource({ "--nosuch x, --nosuch", "--memory, --memory", "--memory 1 --memory 2 x, --memory", "'', Command to run is missing",
        "-i, Command to run is missing" })
    void mistakesAreExplainedInOneLine(String line, String word) {
        assertThatThrownBy(() -> PicocliParser.parse(CommandDef.RUN, words(line))).isInstanceOf(UsageException.class)
                .hasMessageContaining(word).hasMessageContaining("jvmm run --help").hasMessageNotContaining("\n");
    }

    @Test
    void commandsWithoutTrailingWordsRefuseThem() {
        assertThat(PlainParser.parse(CommandDef.VERSION, List.of("x"))).isNull();
        assertThatThrownBy(() -> PicocliParser.parse(CommandDef.VERSION, List.of("x"))).isInstanceOf(UsageException.class);
        assertThat(PlainParser.parse(CommandDef.DOCTOR, List.of("--json"))).isNotNull();
    }

    @Test
    void helpNamesEveryOption() {
        assertThat(PicocliParser.parse(CommandDef.RUN, List.of("--help"))).isNull();
        for (CommandDef command : CommandDef.ALL) {
            assertThat(PicocliParser.help()).contains(command.name());
            String help = PicocliParser.help(command);
            assertThat(help).contains("jvmm " + command.name());
            for (OptionDef option : command.options()) {
                assertThat(help).contains(option.name());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({ "x, not a number", "1.5, not a number", "-1, out of range", "33, out of range", "99999999999, out of range" })
    void numbersAreChecked(String text, String reason) {
        ParsedLine line = PlainParser.parse(CommandDef.RUN, List.of("--cpus=" + text, "x"));
        assertThatThrownBy(() -> line.number("--cpus", 1, 1, 32)).isInstanceOf(UsageException.class).hasMessageContaining(reason);
    }
}
