#import <Foundation/Foundation.h>
@import UIKit;
@interface Foo : NSObject <Bar>
@property (nonatomic, strong) NSString *name;
- (instancetype)initWithName:(NSString *)name NS_DESIGNATED_INITIALIZER;
@end
@implementation Foo
- (void)run { NSArray *a = @[@"x", @1, @(n)]; NSLog(@"it's %@", a[0]); [self foo:@{@"k": @YES}]; }
#pragma mark - end
@end
