package org.jvmm.vmm.agent;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container sees as {@code /etc/resolv.conf}, {@code /etc/hosts} and {@code /etc/hostname}, whatever its root has there: files of the guest's
 * memory, mounted over those of the root, which is not written to.
 *
 * @param nameServers addresses, or lines of resolv.conf(5); without any the root's own file stays
 * @param address the guest's own address, or null
 */
record EtcFiles(List<String> nameServers, String address) {
    /** No name server and no address. */
    static final EtcFiles NONE = new EtcFiles(List.of(), null);

    /** The guest's host name unless a command has its own. */
    static final String HOSTNAME = "jvmm";

    /** Where the agent lets files be put; what is in the directory of a container goes with it. */
    private static final String PLACE = "/run/kata-containers/";

    /** What the cards of a machine say: the name servers of all, the address of the first that has one. */
    static EtcFiles of(List<GuestNetwork> networks) {
        List<String> servers = new ArrayList<>();
        String address = null;
        for (int i = 0; i < networks.size(); i++) {
            GuestNetwork network = networks.get(i);
            if (network.dns() != null) {
                servers.add(network.dns());
            }
            if (address == null && network.address() != null) {
                address = network.address().substring(0, network.address().indexOf('/'));
            }
        }
        return new EtcFiles(List.copyOf(servers), address);
    }

    /**
     * Sends the files ahead of the container that will see them.
     *
     * @param id of the container
     * @return {@code files} with them
     */
    GuestFiles send(AgentClient agent, String id, CommandSpec command, GuestFiles files) {
        if (files.root() == null && command.hostname() == null) {
            // The agent's own root has the guest's name and name servers already.
            return files;
        }
        String name = command.hostname() == null ? HOSTNAME : command.hostname();
        List<GuestFiles.Bind> binds = new ArrayList<>(files.binds());
        binds.add(send(agent, id, "hostname", name + "\n"));
        binds.add(send(agent, id, "hosts", hosts(name)));
        if (!nameServers.isEmpty()) {
            binds.add(send(agent, id, "resolv.conf", resolvConf()));
        }
        return files.withBinds(binds);
    }

    private static GuestFiles.Bind send(AgentClient agent, String id, String name, String text) {
        String path = PLACE + id + "/" + name;
        // A refusal shows in what CreateContainer answers, which finds no file to mount.
        agent.copyFile(path, text.getBytes(StandardCharsets.UTF_8));
        return new GuestFiles.Bind(path, "/etc/" + name, false, true);
    }

    private String resolvConf() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < nameServers.size(); i++) {
            String server = nameServers.get(i);
            text.append(server.indexOf(' ') < 0 ? "nameserver " : "").append(server).append('\n');
        }
        return text.toString();
    }

    private String hosts(String name) {
        // hosts(5); without a network the name is an address of the loopback's, as on Debian.
        return "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" + (address == null ? "127.0.1.1" : address) + "\t" + name
                + "\n";
    }
}
