package org.jvmm.vmm.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The whole grammar of the command line with help and explanations of mistakes, made from the same tables as {@link PlainParser} uses. */
final class PicocliParser {
    private static final String HELP = "--help";

    private PicocliParser() {}

    /**
     * Takes a command line apart.
     *
     * @return null when help is asked for
     * @throws UsageException for a mistake
     */
    static ParsedLine parse(CommandDef command, List<String> words) {
        ParseResult result;
        try {
            result = commandLine(command).parseArgs(words.toArray(new String[0]));
        } catch (ParameterException e) {
            throw new UsageException(oneLine(e.getMessage()) + "; see jvmm " + command.name() + " --help");
        }
        if (result.hasMatchedOption(HELP)) {
            return null;
        }
        ParsedLine line = new ParsedLine();
        for (OptionDef option : command.options()) {
            OptionSpec matched = result.matchedOption(option.name());
            if (matched != null) {
                for (String value : option.takesValue() ? matched.stringValues() : List.of("true")) {
                    line.add(option.name(), value);
                }
            }
        }
        if (command.trailing() != null) {
            if (!result.hasMatchedPositional(0)) {
                throw new UsageException("Command to run is missing; see jvmm " + command.name() + " --help");
            }
            line.trailing(result.matchedPositional(0).stringValues());
        }
        return line;
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ').replace('\r', ' ');
    }

    /** The help of a command. */
    static String help(CommandDef command) {
        return usage(commandLine(command));
    }

    /** The help of the program. */
    static String help() {
        CommandSpec top = CommandSpec.create().name("jvmm");
        top.usageMessage().description("A virtual machine monitor in pure Java.").synopsisSubcommandLabel("COMMAND");
        for (CommandDef command : CommandDef.ALL) {
            top.addSubcommand(command.name(), spec(command));
        }
        top.usageMessage().footer("", "jvmm COMMAND --help says more about a command.");
        return usage(new CommandLine(top));
    }

    private static String usage(CommandLine commandLine) {
        StringWriter text = new StringWriter();
        commandLine.setUsageHelpWidth(110);
        commandLine.usage(new PrintWriter(text, true), CommandLine.Help.Ansi.OFF);
        return text.toString();
    }

    private static CommandLine commandLine(CommandDef command) {
        CommandSpec spec = spec(command);
        spec.name("jvmm " + command.name());
        CommandLine line = new CommandLine(spec);
        // The words of the guest's command are its own, options or not.
        line.setStopAtPositional(true);
        line.setAbbreviatedOptionsAllowed(false);
        line.setExpandAtFiles(false);
        return line;
    }

    private static CommandSpec spec(CommandDef command) {
        CommandSpec spec = CommandSpec.create().name(command.name());
        spec.usageMessage().description(command.summary()).sortOptions(false).abbreviateSynopsis(true);
        for (OptionDef option : command.options()) {
            OptionSpec.Builder builder = OptionSpec.builder(option.name()).description(option.help());
            if (!option.takesValue()) {
                builder.type(boolean.class).arity("0");
            } else if (option.optional()) {
                builder.type(String.class).arity("0..1").fallbackValue("").paramLabel(option.label());
            } else if (option.repeats()) {
                builder.type(List.class).auxiliaryTypes(String.class).arity("1").paramLabel(option.label());
            } else {
                builder.type(String.class).arity("1").paramLabel(option.label());
            }
            spec.addOption(builder.build());
        }
        spec.addOption(
                OptionSpec.builder("-h", HELP).type(boolean.class).arity("0").usageHelp(true).description("Show this help.").build());
        if (command.trailing() != null) {
            spec.addPositional(PositionalParamSpec.builder().index("0..*").type(List.class).auxiliaryTypes(String.class).arity("0..*")
                    .paramLabel(command.trailing()).hideParamSyntax(true).description("The command and its arguments.").build());
        }
        return spec;
    }
}
