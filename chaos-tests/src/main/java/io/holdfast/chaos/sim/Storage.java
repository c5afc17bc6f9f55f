package io.holdfast.chaos.sim;

/** The shared storage: whether a host can start a guest from it now. Guests that wait for it stand still and go on later. */
public final class Storage {

    private final World world;
    private boolean stalled;

    Storage(World world) {
        this.world = world;
    }

    public void stalled(boolean now) {
        if (stalled != now) {
            stalled = now;
            world.story().tell("storage", now ? "stalls" : "answers again");
        }
    }

    boolean reachable(Host host) {
        return !stalled && world.network().connected(Network.Net.STORAGE, host.party(), Network.STORAGE);
    }
}
