package io.holdfast.lab;

import java.nio.file.Path;

/** A tool that brings a lab up, for the tests that kill it while it does. */
final class UpTool {

    private UpTool() {}

    static void main(String[] arguments) {
        System.out.println("starting");
        System.out.flush();
        Lab.at(Path.of(arguments[0])).up(LabPlan.bare(2), line -> {});
        System.out.println("up");
    }
}
