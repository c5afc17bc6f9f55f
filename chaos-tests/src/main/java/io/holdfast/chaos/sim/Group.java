package io.holdfast.chaos.sim;

import io.holdfast.membership.core.Observation;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The segment's group, as each controller sees it: an agent that was not heard for four heartbeats leaves the view, one
 * that is heard again comes back within about a second. Heartbeats that nothing disturbs are not played one by one.
 */
final class Group {

    private static final Duration SILENCE = Duration.ofMillis(450);
    private static final int HEARTBEATS = 4;

    private final World world;
    private final Dice dice;
    private final List<View> views = new ArrayList<>();

    Group(World world) {
        this.world = world;
        this.dice = world.dice("group");
        world.network().onChange(this::look);
    }

    /** The group as one controller sees it, until that process ends. */
    final class View {
        private final String controller;
        private final Runnable changed;
        private final Map<HostId, Member> members = new TreeMap<>();
        private boolean deaf;

        private View(String controller, Runnable changed) {
            this.controller = controller;
            this.changed = changed;
        }

        Observation.GroupView view() {
            Map<HostId, Set<String>> agents = new TreeMap<>();
            members.forEach((host, member) -> {
                if (member.session != null) {
                    agents.put(host, Set.of(member.session));
                }
            });
            int others = (int) world.controllers().stream()
                    .filter(other -> !other.name().equals(controller)
                            && other.runs()
                            && world.network().connected(Network.Net.MANAGEMENT, controller, other.name()))
                    .count();
            return new Observation.GroupView(io.holdfast.membership.Network.MANAGEMENT, agents, others);
        }

        /** The observer does not run, or runs again. */
        void deaf(boolean now) {
            deaf = now;
            look(this);
        }

        void leave() {
            views.remove(this);
            members.values().forEach(Member::cancel);
        }
    }

    private static final class Member {
        private @Nullable String session;
        private Timeline.@Nullable Event next;

        private void cancel() {
            if (next != null) {
                next.cancel();
                next = null;
            }
        }
    }

    View join(String controller, Runnable changed) {
        View view = new View(controller, changed);
        views.add(view);
        look(view);
        return view;
    }

    /** After any change of the network, a host or a controller. */
    void look() {
        List.copyOf(views).forEach(this::look);
    }

    private void look(View view) {
        for (Host host : world.hosts()) {
            look(view, host);
        }
    }

    private void look(View view, Host host) {
        Member member = view.members.computeIfAbsent(host.id(), id -> new Member());
        String heard = speaks(host);
        double loss = world.network().roundTripLoss(Network.Net.MANAGEMENT, view.controller, host.party());
        boolean steady = heard == null ? member.session == null : heard.equals(member.session) && loss == 0;
        if (view.deaf || steady || (loss == 1 && member.session == null)) {
            member.cancel();
            return;
        }
        if (member.next == null) {
            Duration wait = heard != null && member.session == null
                    ? dice.between(Duration.ofMillis(200), Duration.ofMillis(1200))
                    : SILENCE.plus(dice.between(Duration.ZERO, Duration.ofMillis(100)));
            member.next = world.timeline().after(wait, () -> listen(view, host, member));
        }
    }

    /** What four heartbeats later has been heard. */
    private void listen(View view, Host host, Member member) {
        member.next = null;
        String speaks = speaks(host);
        double loss = world.network().roundTripLoss(Network.Net.MANAGEMENT, view.controller, host.party());
        String heard = speaks == null || dice.chance(Math.pow(loss, HEARTBEATS)) ? null : speaks;
        if (!java.util.Objects.equals(heard, member.session)) {
            member.session = heard;
            view.changed.run();
        }
        look(view, host);
    }

    private static @Nullable String speaks(Host host) {
        Agent agent = host.agent();
        return agent == null || agent.isHung() || !host.runs() ? null : agent.session();
    }
}
