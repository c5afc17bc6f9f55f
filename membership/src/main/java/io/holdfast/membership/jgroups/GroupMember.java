package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.secrets.TlsKeys;
import java.util.Map;

/** An agent's place in its segment's group. It lets itself be seen, and does not look. */
public final class GroupMember implements AutoCloseable {

    static final String HOST = "h";
    static final String SESSION = "s";

    private final GroupChannel channel;

    private GroupMember(GroupChannel channel) {
        this.channel = channel;
    }

    /** Assembles; {@link #close} closes the directory as well. */
    public static GroupMember ofAgent(
            MembershipSettings settings, HostRegistration registration, TlsKeys tls, GroupDirectory directory) {
        return new GroupMember(new GroupChannel(
                settings,
                registration.segment(),
                registration.host().value(),
                Map.of(
                        HOST, registration.host().value(),
                        SESSION, registration.agentSession()),
                tls,
                directory,
                (view, self) -> {}));
    }

    public void start() {
        channel.start();
    }

    @Override
    public void close() {
        channel.close();
    }
}
