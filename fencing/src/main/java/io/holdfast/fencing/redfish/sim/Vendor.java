package io.holdfast.fencing.redfish.sim;

/** In what services differ that all follow the standard. Named after what is particular. */
public enum Vendor {
    /** As in the standard's examples. */
    PLAIN("/redfish/v1/Systems", "", "/redfish/v1/SessionService/Sessions"),
    /** Paths end with a slash, and the place of a session is told with the name of a host that is not the address. */
    SLASHES("/redfish/v1/Systems/", "/", "/redfish/v1/SessionService/Sessions/"),
    /** What a reset may be stands in a resource of its own. */
    ACTION_INFO("/redfish/v1/Systems", "", "/redfish/v1/SessionService/Sessions"),
    /** Older ones: other paths, no word of what a reset may be, and a session's place is in the body alone. */
    TERSE("/redfish/v1/Computers", "", "/redfish/v1/Sessions"),
    /** The collection of systems has one member on each page. */
    PAGES("/redfish/v1/Systems", "", "/redfish/v1/SessionService/Sessions");

    private final String systems;
    private final String end;
    private final String sessions;

    Vendor(String systems, String end, String sessions) {
        this.systems = systems;
        this.end = end;
        this.sessions = sessions;
    }

    /** Whether a chassis has subsystems with a resource for each fan, as newer ones do, or lists of them. */
    boolean subsystems() {
        return this == ACTION_INFO;
    }

    String systems() {
        return systems;
    }

    String sessions() {
        return sessions;
    }

    String system(String id) {
        return below(systems, id);
    }

    String session(String id) {
        return below(sessions, id);
    }

    String reset(String id) {
        return below(system(id), "Actions/ComputerSystem.Reset");
    }

    String resetInfo(String id) {
        return below(system(id), "ResetActionInfo");
    }

    private String below(String path, String name) {
        return (path.endsWith("/") ? path : path + "/") + name + end;
    }
}
