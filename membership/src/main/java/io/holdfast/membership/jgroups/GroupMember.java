package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.secrets.TlsKeys;
import java.util.Set;
import java.util.function.Function;

/** An agent's place in its segment's groups, one on each network. It observes others there, and concludes nothing. */
public final class GroupMember implements AutoCloseable {

    private final GroupNetworks networks;

    private GroupMember(GroupNetworks networks) {
        this.networks = networks;
    }

    /**
     * Assembles; {@link #close} closes the directories as well. Throws {@link IllegalArgumentException} with the setting's name
     * when the address on a network is missing or not this machine's.
     *
     * @param directories the directory of a network's group
     */
    public static GroupMember ofAgent(
            MembershipSettings settings,
            HostRegistration registration,
            TlsKeys tls,
            Function<Network, GroupDirectory> directories) {
        settings.everyNetwork().forEach((network, at) -> {
            if (at.bindAddress() == null) {
                throw new IllegalArgumentException(MembershipSettings.prefix(network)
                        + "bind-address is missing: an agent names the networks that its host is on, and its address"
                        + " there");
            }
        });
        return new GroupMember(new GroupNetworks(
                settings,
                registration.segment(),
                Member.host(registration.host(), registration.agentSession()),
                tls,
                directories,
                new Silent()));
    }

    GroupNetworks networks() {
        return networks;
    }

    public void start() {
        networks.start();
    }

    @Override
    public void close() {
        networks.close();
    }

    private static final class Silent implements GroupNetworks.Watcher {

        @Override
        public void onView(Network network, Set<Member> others) {}

        @Override
        public void onReport(ObserverReport report) {}
    }
}
