package org.jvmm.vmm.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A command to run in the guest.
 *
 * @param args the program and its arguments, at least one
 * @param env {@code NAME=value}, added to the default environment; a later entry of the same name wins
 * @param cwd absolute working directory
 * @param user {@code name|uid[:group|gid]}, or null for root
 * @param hostname host name the command sees, or null for the guest's
 * @param terminal whether it gets a pseudo terminal; all output is then on stdout
 * @param rows height of that terminal, 0 when unknown
 * @param columns width of that terminal, 0 when unknown
 */
public record CommandSpec(List<String> args, List<String> env, String cwd, String user, String hostname, boolean terminal, int rows,
        int columns) {
    private static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public CommandSpec {
        args = List.copyOf(args);
        env = List.copyOf(env);
        Objects.requireNonNull(cwd);
        if (args.isEmpty()) {
            throw new IllegalArgumentException("Command is empty");
        }
        if (!cwd.startsWith("/")) {
            throw new IllegalArgumentException("Working directory " + cwd + " is not absolute");
        }
        for (String entry : env) {
            if (entry.indexOf('=') <= 0) {
                throw new IllegalArgumentException("Environment entry " + entry + " is not NAME=value");
            }
        }
        if (user != null && (user.isEmpty() || user.startsWith(":"))) {
            throw new IllegalArgumentException("User \"" + user + "\" has no name");
        }
        if (hostname != null && (hostname.isEmpty() || hostname.length() > 64)) {
            throw new IllegalArgumentException("Host name has " + hostname.length() + " characters: 1 to 64 are possible");
        }
    }

    /** A command run as root in {@code /}, without a terminal. */
    public static CommandSpec of(String... args) {
        return new CommandSpec(List.of(args), List.of(), "/", null, null, false, 0, 0);
    }

    /** The same with one more environment entry, {@code NAME=value}. */
    public CommandSpec withEnv(String entry) {
        List<String> more = new ArrayList<>(env);
        more.add(entry);
        return new CommandSpec(args, more, cwd, user, hostname, terminal, rows, columns);
    }

    /** The same in another directory. */
    public CommandSpec withCwd(String newCwd) {
        return new CommandSpec(args, env, newCwd, user, hostname, terminal, rows, columns);
    }

    /** The same as another user. */
    public CommandSpec withUser(String newUser) {
        return new CommandSpec(args, env, cwd, newUser, hostname, terminal, rows, columns);
    }

    /** The same with another host name. */
    public CommandSpec withHostname(String newHostname) {
        return new CommandSpec(args, env, cwd, user, newHostname, terminal, rows, columns);
    }

    /** The same on a pseudo terminal of the size given. */
    public CommandSpec withTerminal(int newRows, int newColumns) {
        return new CommandSpec(args, env, cwd, user, hostname, true, newRows, newColumns);
    }

    /** The whole environment, defaults first. HOME is left to the agent, which knows the user's. */
    List<String> environment() {
        List<String> all = new ArrayList<>();
        all.add(DEFAULT_PATH);
        if (hostname != null) {
            all.add("HOSTNAME=" + hostname);
        }
        if (terminal) {
            all.add("TERM=xterm");
        }
        for (String entry : env) {
            String prefix = entry.substring(0, entry.indexOf('=') + 1);
            all.removeIf(other -> other.startsWith(prefix));
            all.add(entry);
        }
        return all;
    }

    /** The part of {@link #user} before the colon, or null. */
    String userName() {
        int colon = user == null ? -1 : user.indexOf(':');
        return colon < 0 ? user : user.substring(0, colon);
    }

    /** The part of {@link #user} behind the colon, or null. */
    String groupName() {
        int colon = user == null ? -1 : user.indexOf(':');
        return colon < 0 ? null : user.substring(colon + 1);
    }
}
