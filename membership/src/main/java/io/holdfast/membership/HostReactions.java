package io.holdfast.membership;

import io.holdfast.membership.health.Reaction;
import io.holdfast.model.HostId;

/**
 * Whoever carries out what the health table has follow, beyond what recovery does by itself. Both are called on membership's owner
 * thread and must not block; the same may be asked twice, and whether this controller leads is for the one who is asked to know.
 */
public interface HostReactions {

    /** The table asks for {@link Reaction#RESTART_LIBVIRTD}, for that reason. */
    void restartLibvirtd(HostId host, String reason);

    /** The table asks for nothing of the kind any more, or nobody on the host could do it. */
    void noMore(HostId host);

    /** Takes what concerns it from what membership concludes. */
    default void on(MembershipEvent event) {
        switch (event) {
            case MembershipEvent.Degraded degraded
            when degraded.reactions().contains(Reaction.RESTART_LIBVIRTD) ->
                restartLibvirtd(degraded.host(), degraded.reason());
            case MembershipEvent.Degraded _,
                    MembershipEvent.Joined _,
                    MembershipEvent.Suspected _,
                    MembershipEvent.Cleared _,
                    MembershipEvent.Isolated _,
                    MembershipEvent.Lost _,
                    MembershipEvent.Left _ -> noMore(event.host());
            case MembershipEvent.Held _, MembershipEvent.PowerOff _ -> {
                // Nothing was asked of such a host, or it was taken back before.
            }
        }
    }
}
