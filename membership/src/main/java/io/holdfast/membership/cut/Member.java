package io.holdfast.membership.cut;

import io.holdfast.model.HostId;
import org.jspecify.annotations.Nullable;

/**
 * One life of one member of the groups: the same on all networks.
 *
 * @param name the host's name, or the controller's
 * @param session of an agent its agent session, of a controller one that it makes at its start: who comes back is another
 */
public record Member(Kind kind, String name, String session) implements Comparable<Member> {

    public enum Kind {
        HOST,
        CONTROLLER
    }

    public Member {
        if (name.isEmpty() || session.isEmpty()) {
            throw new IllegalArgumentException("a member has a name and a session: '" + name + "', '" + session + "'");
        }
        if (kind == Kind.HOST) {
            var _ = HostId.of(name);
        }
    }

    public static Member host(HostId host, String agentSession) {
        return new Member(Kind.HOST, host.value(), agentSession);
    }

    public static Member controller(String name, String session) {
        return new Member(Kind.CONTROLLER, name, session);
    }

    public boolean isHost() {
        return kind == Kind.HOST;
    }

    /** Of a host alone. */
    public HostId host() {
        return HostId.of(name);
    }

    /** An earlier or later life of the same. */
    boolean isOtherLifeOf(Member other) {
        return kind == other.kind && name.equals(other.name) && !session.equals(other.session);
    }

    /** As a record's own, which finds its way through handles of methods each time: views are compared member by member. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Member that
                        && kind == that.kind
                        && name.equals(that.name)
                        && session.equals(that.session));
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Boolean.hashCode(isHost()) + name.hashCode()) + session.hashCode();
    }

    @Override
    public int compareTo(Member other) {
        int kinds = kind.compareTo(other.kind);
        int names = kinds == 0 ? name.compareTo(other.name) : kinds;
        return names == 0 ? session.compareTo(other.session) : names;
    }

    /** For people. */
    public String text() {
        return isHost() ? name : "controller " + name;
    }
}
