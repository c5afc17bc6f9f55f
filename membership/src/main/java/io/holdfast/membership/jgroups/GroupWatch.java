package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Signals;
import io.holdfast.membership.core.Observation;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jgroups.Address;
import org.jgroups.View;
import org.jspecify.annotations.Nullable;

/** A controller's place in a segment's group, from which it sees who else is there. */
public final class GroupWatch implements Signals {

    private final GroupChannel channel;

    private volatile @Nullable Consumer<Observation> inbox;

    private GroupWatch(
            MembershipSettings settings, SegmentId segment, String name, TlsKeys tls, GroupDirectory directory) {
        this.channel = new GroupChannel(
                settings, segment, "controller-" + name, Map.of("c", name), tls, directory, this::onView);
    }

    public static GroupWatch ofController(
            MembershipSettings settings, SegmentId segment, String name, TlsKeys tls, GroupDirectory directory) {
        return new GroupWatch(settings, segment, name, tls, directory);
    }

    @Override
    public void start(Consumer<Observation> inbox) {
        this.inbox = inbox;
        channel.start();
    }

    @Override
    public void close() {
        inbox = null;
        channel.close();
    }

    private void onView(View view, Address self) {
        Map<HostId, Set<String>> agents = new HashMap<>();
        int others = 0;
        for (Address member : view.getMembers()) {
            String host = GroupChannel.read(member, GroupMember.HOST);
            String session = GroupChannel.read(member, GroupMember.SESSION);
            if (host != null && session != null) {
                agents.computeIfAbsent(HostId.of(host), unseen -> new HashSet<>())
                        .add(session);
            } else if (!member.equals(self)) {
                others++;
            }
        }
        Consumer<Observation> listening = inbox;
        if (listening != null) {
            listening.accept(new Observation.GroupView(Network.MANAGEMENT, agents, others));
        }
    }
}
