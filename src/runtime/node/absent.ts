/** Stands for packages that drivers can use and that are not there. */
export {}
