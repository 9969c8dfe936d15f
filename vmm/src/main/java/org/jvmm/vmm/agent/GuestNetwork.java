package org.jvmm.vmm.agent;

import org.jvmm.vmm.agent.wire.ProtoWriter;

/**
 * What the agent sets up on a network card of the guest, so that no DHCP client is needed.
 *
 * @param mac the card's address, by which the guest finds it
 * @param mtu largest IP packet in bytes
 * @param address {@code ADDRESS/BITS}, or null: then the card is only switched on
 * @param gateway of the default route, or null for no route
 * @param dns name server, or null
 */
public record GuestNetwork(String mac, int mtu, String address, String gateway, String dns) {
    /** As Linux calls the first card. */
    private static final String NAME = "eth";

    /** Message {@code UpdateInterfaceRequest} for card {@code index}. */
    ProtoWriter interfaceRequest(int index) {
        ProtoWriter card = new ProtoWriter().string(1, NAME + index).string(2, NAME + index);
        if (address != null) {
            int slash = address.indexOf('/');
            // Family 0 is IPv4, 1 is IPv6 (types.proto).
            card.message(3, new ProtoWriter().number(1, address.indexOf(':') < 0 ? 0 : 1).string(2, address.substring(0, slash)).string(3,
                    address.substring(slash + 1)));
        }
        return new ProtoWriter().message(1, card.number(4, mtu).string(5, mac));
    }

    /** Message {@code UpdateRoutesRequest} for card {@code index}: the default route. */
    ProtoWriter routesRequest(int index) {
        ProtoWriter route = new ProtoWriter().string(2, gateway).string(3, NAME + index).number(6, gateway.indexOf(':') < 0 ? 0 : 1);
        return new ProtoWriter().message(1, new ProtoWriter().message(1, route));
    }
}
