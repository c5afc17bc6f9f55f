package io.holdfast.lab;

import java.nio.file.Path;

/** A tool of its own process: brings a lab up, to be killed while it does; or, with a second argument, takes one down. */
final class UpTool {

    private UpTool() {}

    static void main(String[] arguments) {
        if (arguments.length > 1) {
            Lab lab = Lab.at(Path.of(arguments[0]));
            System.out.println(lab.status().state());
            lab.down(System.out::println);
            System.out.println(lab.status().state());
            return;
        }
        System.out.println("starting");
        System.out.flush();
        Lab.at(Path.of(arguments[0])).up(LabPlan.bare(2), line -> {});
        System.out.println("up");
    }
}
