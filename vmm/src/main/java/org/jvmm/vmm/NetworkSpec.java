package org.jvmm.vmm;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.event.EventLoop;
import org.jvmm.virtio.net.MacAddress;
import org.jvmm.virtio.net.NetBackend;
import org.jvmm.virtio.net.NetBackendException;
import org.jvmm.virtio.net.NetDevice;
import org.jvmm.virtio.net.PasstBackend;
import org.jvmm.virtio.net.TapBackend;
import org.jvmm.virtio.net.user.PortForward;
import org.jvmm.virtio.net.user.UserNetConfig;
import org.jvmm.virtio.net.user.UserNetException;
import org.jvmm.virtio.net.user.UserNetwork;
import org.jvmm.vmm.agent.GuestNetwork;

/**
 * A network card and what it is connected to.
 *
 * @param kind of backend
 * @param target name of the TAP or path of passt's socket; null for user
 * @param mac the card's address
 * @param mtu largest IP packet in bytes
 * @param guest what the guest's agent sets up
 * @param forwards ports of the host that lead into the guest; for user
 * @param receive limits what the guest receives
 * @param transmit limits what it sends
 * @param queues pairs of queues, for a TAP
 */
public record NetworkSpec(Kind kind, String target, MacAddress mac, int mtu, GuestNetwork guest, List<PortForward> forwards,
        RateSpec receive, RateSpec transmit, int queues) implements DeviceSpec {

    /** What may be behind a card. */
    public enum Kind {
        /** The host process's own sockets. */
        USER,
        /** A TAP interface of the host. */
        TAP,
        /** A socket of passt. */
        PASST
    }

    private static final String SYNTAX = "user, none, tap=NAME or passt=SOCKET, with ,mac= ,mtu= ,ip=ADDRESS/BITS ,gw=ADDRESS ,dns=ADDRESS"
            + " ,bandwidth=SIZE ,ops=N ,rx-bandwidth= ,rx-ops= ,tx-bandwidth= ,tx-ops=, with tap ,queues=N";

    /** A user-mode network as QEMU users know it. */
    public static NetworkSpec user(List<PortForward> forwards) {
        return user(MacAddress.DEFAULT, UserNetConfig.DEFAULT_MTU, forwards, RateSpec.NONE, RateSpec.NONE);
    }

    private static NetworkSpec user(MacAddress mac, int mtu, List<PortForward> forwards, RateSpec receive, RateSpec transmit) {
        GuestNetwork guest = new GuestNetwork(mac.toString(), mtu, UserNetConfig.text(UserNetConfig.GUEST) + "/" + UserNetConfig.PREFIX,
                UserNetConfig.text(UserNetConfig.HOST), UserNetConfig.text(UserNetConfig.DNS));
        return new NetworkSpec(Kind.USER, null, mac, mtu, guest, List.copyOf(forwards), receive, transmit, 1);
    }

    /**
     * Reads what {@code --net} and {@code -p} say.
     *
     * @param text {@code user}, {@code none}, {@code tap=NAME} or {@code passt=SOCKET}, with more behind commas
     * @param forwards values of {@code -p}
     * @return null for none
     * @throws IllegalArgumentException for anything else
     */
    public static NetworkSpec parse(String text, List<String> forwards) {
        String[] words = split(text);
        String kind = words[0];
        if (!kind.equals("user") && !forwards.isEmpty()) {
            throw new IllegalArgumentException("-p forwards ports of --net user, not of --net " + kind);
        }
        if (kind.equals("none") && words.length == 1) {
            return null;
        }
        boolean user = kind.equals("user");
        boolean tap = kind.startsWith("tap=") && kind.length() > 4;
        boolean passt = kind.startsWith("passt=") && kind.length() > 6;
        if (!user && !tap && !passt) {
            throw malformed(text);
        }
        MacAddress mac = user ? MacAddress.DEFAULT : null;
        int mtu = UserNetConfig.DEFAULT_MTU;
        String address = null;
        String gateway = null;
        String dns = null;
        int queues = 1;
        RateSpec receive = RateSpec.NONE;
        RateSpec transmit = RateSpec.NONE;
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String value = words[i].substring(equals + 1);
            switch (equals < 0 || value.isEmpty() ? "" : words[i].substring(0, equals)) {
                case "mac" -> mac = MacAddress.parse(value);
                case "mtu" -> mtu = mtu(value, text);
                case "ip" -> address = user ? fail(text) : value;
                case "gw" -> gateway = user ? fail(text) : value;
                case "dns" -> dns = user ? fail(text) : value;
                case "queues" -> queues = tap ? queues(value, text) : queues(fail(text), text);
                case "bandwidth" -> {
                    receive = receive.withBandwidth(value);
                    transmit = transmit.withBandwidth(value);
                }
                case "ops" -> {
                    receive = receive.withOperations(value);
                    transmit = transmit.withOperations(value);
                }
                case "rx-bandwidth" -> receive = receive.withBandwidth(value);
                case "rx-ops" -> receive = receive.withOperations(value);
                case "tx-bandwidth" -> transmit = transmit.withBandwidth(value);
                case "tx-ops" -> transmit = transmit.withOperations(value);
                default -> throw malformed(text);
            }
        }
        if (user) {
            List<PortForward> ports = new ArrayList<>();
            for (String forward : forwards) {
                ports.add(PortForward.parse(forward));
            }
            return user(mac, mtu, ports, receive, transmit);
        }
        if (address != null && address.indexOf('/') < 0) {
            throw malformed(text);
        }
        if (mac == null) {
            // Cards of several machines may meet on a bridge.
            mac = MacAddress.of(new SecureRandom().nextInt());
        }
        GuestNetwork guest = new GuestNetwork(mac.toString(), mtu, address, gateway, dns);
        return new NetworkSpec(tap ? Kind.TAP : Kind.PASST, kind.substring(kind.indexOf('=') + 1), mac, mtu, guest, List.of(), receive,
                transmit, queues);
    }

    private static String[] split(String text) {
        List<String> words = new ArrayList<>();
        int from = 0;
        for (int comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', from)) {
            words.add(text.substring(from, comma));
            from = comma + 1;
        }
        words.add(text.substring(from));
        return words.toArray(new String[0]);
    }

    private static int queues(String value, String whole) {
        int queues = value.length() == 1 ? value.charAt(0) - '0' : 0;
        if (queues < 1 || queues > NetDevice.MAX_PAIRS) {
            throw new IllegalArgumentException("queues=" + value + " of --net " + whole + " is not 1 to " + NetDevice.MAX_PAIRS);
        }
        return queues;
    }

    private static int mtu(String value, String whole) {
        int mtu = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < '0' || c > '9' || i == 5) {
                throw malformed(whole);
            }
            mtu = 10 * mtu + c - '0';
        }
        if (mtu < UserNetConfig.MIN_MTU || mtu > UserNetConfig.MAX_MTU) {
            throw new IllegalArgumentException("MTU " + mtu + " is not " + UserNetConfig.MIN_MTU + " to " + UserNetConfig.MAX_MTU);
        }
        return mtu;
    }

    private static String fail(String text) {
        throw malformed(text);
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException("--net " + text + " is unknown: it is " + SYNTAX);
    }

    @Override
    public void build(DeviceHost host) {
        // A loop of its own: the first packet loads a lot of classes, and meanwhile the agent's vsock must not wait.
        NetDevice[] card = new NetDevice[1];
        host.onClose(() -> {
            if (card[0] != null) {
                card[0].close();
            }
        });
        EventLoop loop = host.newLoop("net");
        try {
            card[0] = new NetDevice(backends(host, loop), mac, mtu);
        } catch (UserNetException | NetBackendException e) {
            throw new MachineException(e.getMessage(), e);
        }
        card[0].limitReceive(receive.limiter(host.timers(), loop, card[0]::retryReceive));
        card[0].limitTransmit(transmit.limiter(host.timers(), loop, card[0]::retryTransmit));
        host.attach(card[0], loop);
    }

    private List<? extends NetBackend> backends(DeviceHost host, EventLoop loop) {
        if (kind == Kind.TAP) {
            return TapBackend.open(target, queues, loop, host.syscalls());
        }
        if (kind == Kind.PASST) {
            return List.of(new PasstBackend(Path.of(target), loop));
        }
        return List.of(
                new UserNetwork(new UserNetConfig(mac, mtu, forwards, Path.of("/etc/resolv.conf")), loop, host.timers(), host.syscalls()));
    }
}
